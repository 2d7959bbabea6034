package judges;

import com.fasterxml.jackson.databind.ObjectMapper;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.simplereport.jaxb.XmlTimestamp;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts evidence records (RFC 4998) before DSS, with its default policy and no way to the network, and prints what it says of each, one
 * JSON object a line.
 *
 * <p>{@code EvidenceJudge [--trust ROOT.pem]... [--at MILLISECONDS] {--record RECORD FILE...}...}: each RECORD is judged against the
 * FILEs behind it, with the ROOTs as the only trust anchors, as if the time were that many milliseconds after 1970.
 */
public final class EvidenceJudge {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final CommonCertificateVerifier verifier = new CommonCertificateVerifier();
    private Date at;

    private EvidenceJudge() {
        verifier.setAIASource(null);
    }

    public static void main(String[] arguments) throws IOException {
        EvidenceJudge judge = new EvidenceJudge();
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        List<List<File>> cases = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--trust" -> anchors.addCertificate(DSSUtils.loadCertificate(new File(arguments[++i])));
                case "--at" -> judge.at = new Date(Long.parseLong(arguments[++i]));
                case "--record" -> cases.add(new ArrayList<>());
                default -> cases.get(cases.size() - 1).add(new File(arguments[i]));
            }
        }
        judge.verifier.setTrustedCertSources(anchors);
        // Libraries that chatter on the standard output must not get between the lines.
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        for (List<File> one : cases) {
            out.println(JSON.writeValueAsString(judge.answer(one.get(0), one.subList(1, one.size()))));
        }
    }

    private Map<String, Object> answer(File record, List<File> files) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("file", record.getPath());
        told.put("judge", "dss");
        try {
            told.putAll(judge(record, files));
        } catch (Exception unread) {
            told.put("error", unread.toString());
        }
        return told;
    }

    private Map<String, Object> judge(File record, List<File> files) {
        SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(record));
        validator.setCertificateVerifier(verifier);
        validator.setDetachedContents(files.stream().map(file -> (DSSDocument) new FileDocument(file)).toList());
        if (at != null) {
            validator.setValidationTime(at);
        }
        SimpleReport report = validator.validateDocument().getSimpleReport();
        String id = report.getFirstEvidenceRecordId();
        Map<String, Object> told = verdict(report, id);
        told.put("since", String.valueOf(instant(report.getEvidenceRecordPOE(id))));
        told.put("stamps", report.getEvidenceRecordTimestamps(id).stream().map(stamp -> stamp(report, stamp)).toList());
        return told;
    }

    private static Map<String, Object> stamp(SimpleReport report, XmlTimestamp stamp) {
        Map<String, Object> told = verdict(report, stamp.getId());
        told.put("time", String.valueOf(instant(stamp.getProductionTime())));
        return told;
    }

    private static Map<String, Object> verdict(SimpleReport report, String id) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("indication", report.getIndication(id).name());
        told.put("subIndication", report.getSubIndication(id) == null ? null : report.getSubIndication(id).name());
        told.put("errors", report.getAdESValidationErrors(id).stream().map(Message::getValue).toList());
        told.put("warnings", report.getAdESValidationWarnings(id).stream().map(Message::getValue).toList());
        return told;
    }

    private static Instant instant(Date date) {
        return date == null ? null : date.toInstant();
    }
}
