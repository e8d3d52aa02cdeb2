package sluice.http;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Dot segments of a path that is otherwise passed on as it is, plain or encoded (RFC 3986, 5.2.4). */
final class DotSegments {
    private static final Pattern SLASH = Pattern.compile("%2[fF]");
    private static final Pattern DOT = Pattern.compile("%2[eE]");

    private DotSegments() {}

    /** The path without them, or null when it has none. An encoded slash counts as one, as once it was decoded. */
    static @Nullable String clean(String path) {
        if (!path.contains("/.") && path.indexOf('%') < 0) {
            return null;
        }
        List<String> kept = new ArrayList<>();
        boolean hasDots = false;
        for (String segment : SLASH.matcher(path.substring(1)).replaceAll("/").split("/", -1)) {
            String dots = DOT.matcher(segment).replaceAll(".");
            if (dots.equals("..")) {
                hasDots = true;
                if (!kept.isEmpty()) {
                    kept.remove(kept.size() - 1);
                }
            } else if (dots.equals(".")) {
                hasDots = true;
            } else if (!(segment.isEmpty() && kept.isEmpty())) { // a location that begins with // names another host
                kept.add(segment);
            }
        }
        return hasDots ? "/" + String.join("/", kept) : null;
    }
}
