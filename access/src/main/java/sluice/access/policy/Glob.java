package sluice.access.policy;

/** Patterns of policies: {@code *} is any run of characters, everything else stands for itself. */
final class Glob {
    private Glob() {}

    /** Whether the whole of {@code text} fits; time grows with the product of the lengths at worst, never beyond. */
    static boolean matches(String pattern, String text) {
        int p = 0;
        int t = 0;
        int star = -1; // the last one seen
        int resume = 0; // where the text after it was last tried
        while (t < text.length()) {
            if (p < pattern.length() && pattern.charAt(p) == '*') {
                star = p++;
                resume = t;
            } else if (p < pattern.length() && pattern.charAt(p) == text.charAt(t)) {
                p++;
                t++;
            } else if (star >= 0) {
                p = star + 1;
                t = ++resume;
            } else {
                return false;
            }
        }
        while (p < pattern.length() && pattern.charAt(p) == '*') {
            p++;
        }
        return p == pattern.length();
    }
}
