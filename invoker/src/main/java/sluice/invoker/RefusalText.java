package sluice.invoker;

import java.nio.charset.StandardCharsets;
import sluice.core.Text;

/** The body of a {@link Refusal}, in the two forms that the contract knows, and as JSON for those who ask for it. */
final class RefusalText {
    private RefusalText() {}

    /** The media type of {@link #body}. */
    static String contentType(boolean asJson) {
        return asJson ? "application/json" : "text/plain; charset=utf-8";
    }

    /** One line of text, or an error object (design decision 10). */
    static byte[] body(Refusal refusal, boolean asJson, String callId) {
        if (refusal.text().isEmpty()) {
            return new byte[0];
        }
        String text = asJson
                ? "{\"error\":" + quote(refusal.text()) + ",\"component\":"
                        + quote(refusal.component().wireName()) + ",\"callId\":" + quote(callId) + "}\n"
                : refusal.text() + "\n";
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < 0x20 || c >= 0x7f) {
                quoted.append(Text.printable(String.valueOf(c)));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
