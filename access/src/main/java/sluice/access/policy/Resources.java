package sluice.access.policy;

import java.util.Collection;

/** Resources as tokens for functions carry them: patterns of {@code namespace:function}. */
public final class Resources {
    private Resources() {}

    /** Whether one of {@code patterns} covers {@code resource}, which may be a pattern itself. */
    public static boolean cover(Collection<String> patterns, String resource) {
        for (String pattern : patterns) {
            if (pattern.equals("*") || (pattern.indexOf(':') >= 0 && Glob.matches(pattern, resource))) {
                return true;
            }
        }
        return false;
    }
}
