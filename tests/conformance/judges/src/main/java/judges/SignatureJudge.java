package judges;

import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.File;
import java.io.IOException;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** EU DSS with its own default policy (ETSI EN 319 102-1) and no way to the network. */
final class SignatureJudge {
    private final CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
    private final List<DSSDocument> lists;
    private final Date at;

    /** crls: besides what the files bring along. at: the time of judging; null: now. */
    SignatureJudge(List<File> trust, List<File> crls, Date at) throws IOException {
        for (File root : trust) {
            anchors.addCertificate(DSSUtils.loadCertificate(root));
        }
        this.lists = crls.stream().map(crl -> (DSSDocument) new FileDocument(crl)).toList();
        this.at = at;
    }

    /** May be called from several threads. */
    Map<String, Object> judge(File file) {
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
        validator.setCertificateVerifier(verifier());
        if (at != null) {
            validator.setValidationTime(at);
        }
        SimpleReport report = validator.validateDocument().getSimpleReport();
        return Map.of("signatures", report.getSignatureIdList().stream().map(id -> verdict(report, id)).toList());
    }

    private CommonCertificateVerifier verifier() {
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(anchors);
        verifier.setAIASource(null);
        if (!lists.isEmpty()) {
            verifier.setCrlSource(new ExternalResourcesCRLSource(lists.toArray(new DSSDocument[0])));
        }
        return verifier;
    }

    private static Map<String, Object> verdict(SimpleReport report, String id) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("level", report.getSignatureFormat(id).name());
        told.put("signedBy", report.getSignedBy(id));
        told.put("indication", report.getIndication(id).name());
        told.put("subIndication", report.getSubIndication(id) == null ? null : report.getSubIndication(id).name());
        told.put("scopes", report.getSignatureScopes(id).stream().map(scope -> scope.getScope().name()).toList());
        told.put("timestamps", report.getSignatureTimestamps(id).stream().map(stamp -> stamp.getIndication().name()).toList());
        told.put("errors", sentences(report.getAdESValidationErrors(id)));
        told.put("warnings", sentences(report.getAdESValidationWarnings(id)));
        return told;
    }

    private static List<String> sentences(List<Message> messages) {
        return messages.stream().map(Message::getValue).toList();
    }
}
