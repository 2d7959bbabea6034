package judges;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts files before two judges and prints what each says, one JSON object a line.
 *
 * <p>{@code Judges --trust ROOT.pem... [--crl LIST.crl]... [--at MILLISECONDS] FILE...}: every FILE goes to veraPDF (PDF/A-2b) and to
 * DSS (its signatures, with the ROOTs as the only trust anchors, the LISTs beside the file as revocation information, and as if the
 * time were that many milliseconds after 1970). Nothing is fetched from anywhere. A file that a judge cannot read at all is answered
 * too: with "error" in place of a verdict.
 */
public final class Judges {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Judges() {}

    /** What one judge says of one file; whatever it throws is an answer as well, and the next file is not to suffer for it. */
    private interface Judge {
        Map<String, Object> judge(File file) throws Exception;
    }

    public static void main(String[] arguments) throws IOException {
        List<File> trust = new ArrayList<>();
        List<File> crls = new ArrayList<>();
        Date at = null;
        List<File> files = new ArrayList<>();
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--trust" -> trust.add(new File(arguments[++i]));
                case "--crl" -> crls.add(new File(arguments[++i]));
                case "--at" -> at = new Date(Long.parseLong(arguments[++i]));
                default -> files.add(new File(arguments[i]));
            }
        }
        // Libraries that chatter on the standard output must not get between the lines.
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Judge pdfa = new PdfaJudge()::judge;
        Judge signatures = new SignatureJudge(trust, crls, at)::judge;
        // On every core, and still in the order in which they were named.
        files.parallelStream()
                .map(file -> answer("verapdf", pdfa, file) + "\n" + answer("dss", signatures, file))
                .forEachOrdered(out::println);
    }

    private static String answer(String name, Judge judge, File file) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("file", file.getPath());
        told.put("judge", name);
        try {
            told.putAll(judge.judge(file));
        } catch (Exception | StackOverflowError unread) {
            told.put("error", unread.toString());
        }
        return written(told);
    }

    private static String written(Map<String, Object> told) {
        try {
            return JSON.writeValueAsString(told);
        } catch (JsonProcessingException never) {
            throw new IllegalStateException(never);
        }
    }
}
