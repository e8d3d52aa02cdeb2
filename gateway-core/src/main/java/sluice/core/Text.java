package sluice.core;

/** Strangers' text, made safe to show: in logs, error bodies and the console (reliability matrix, O8). */
public final class Text {
    private static final int SHOWN = 128;

    private Text() {}

    /** {@code value} with control and non-ASCII characters escaped, cut at 128 characters. */
    public static String printable(String value) {
        StringBuilder out = new StringBuilder(Math.min(value.length(), SHOWN) + 8);
        int end = Math.min(value.length(), SHOWN);
        for (int i = 0; i < end; i++) {
            char c = value.charAt(i);
            if (c >= 0x20 && c < 0x7f) {
                out.append(c);
            } else {
                out.append(String.format("\\u%04x", (int) c));
            }
        }
        return end < value.length() ? out.append("...").toString() : out.toString();
    }
}
