package judges;

import java.io.File;
import java.util.Map;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.RuleId;

/** veraPDF, asked about PDF/A-2b whatever the file claims to be. */
final class PdfaJudge {
    private static final PDFAFlavour FLAVOUR = PDFAFlavour.PDFA_2_B;

    PdfaJudge() {
        VeraGreenfieldFoundryProvider.initialise();
    }

    Map<String, Object> judge(File file) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(file, FLAVOUR);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(FLAVOUR, false)) {
            ValidationResult result = validator.validate(parser);
            return Map.of(
                    "flavour", FLAVOUR.getId(),
                    "compliant", result.isCompliant(),
                    "checks", result.getTotalAssertions(),
                    "failures", result.getTestAssertions().stream().map(PdfaJudge::failure).toList());
        }
    }

    /** The rule as veraPDF numbers it (clause of ISO 19005-2, then its test), where it was broken, and what the rule asks for. */
    private static Map<String, String> failure(TestAssertion broken) {
        RuleId rule = broken.getRuleId();
        return Map.of(
                "rule", rule.getClause() + "-" + rule.getTestNumber(),
                "where", String.valueOf(broken.getLocation().getContext()),
                "asks", String.valueOf(broken.getMessage()));
    }
}
