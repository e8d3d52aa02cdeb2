package sluice.http;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionDeployment;
import sluice.core.FunctionName;
import sluice.core.watch.WatchedFunction;

/** One change, encoded once for all who watch. Immutable. */
final class WatchEvent {
    private static final String FUNCTION = "faas_function"; // a label of all pods of functions
    private static final long OVERHEAD = 256;

    private final FunctionName name;
    private final long version;
    private final @Nullable Map<String, String> before; // labels, when it existed
    private final @Nullable Map<String, String> after; // labels, when it still exists
    private final byte[] resource;
    private final byte[] system;
    private final @Nullable WatchedFunction left;

    /** @param left how it was before, for those whose selection it has left; null if labels stayed */
    private WatchEvent(
            WatchedFunction shown,
            @Nullable Map<String, String> before,
            @Nullable Map<String, String> after,
            @Nullable WatchedFunction left) {
        this.name = shown.name();
        this.version = shown.version();
        this.before = before;
        this.after = after;
        this.resource = WatchForm.RESOURCE.object(shown);
        this.system = WatchForm.SYSTEM.object(shown);
        this.left = left;
    }

    static WatchEvent changed(@Nullable WatchedFunction before, WatchedFunction now) {
        Map<String, String> labels = labels(now.function().deployment());
        if (before == null) {
            return new WatchEvent(now, null, labels, null);
        }
        Map<String, String> old = labels(before.function().deployment());
        return new WatchEvent(now, old, labels, labels.equals(old) ? null : before.at(now.version()));
    }

    static WatchEvent removed(WatchedFunction last) {
        return new WatchEvent(last, labels(last.function().deployment()), null, null);
    }

    /** The labels by which a function is selected: those of its pods, as submitted. */
    static Map<String, String> labels(FunctionDeployment function) {
        Map<String, String> labels = new HashMap<>(function.labels());
        labels.put(FUNCTION, function.name().name());
        return labels;
    }

    FunctionName name() {
        return name;
    }

    long version() {
        return version;
    }

    /** What those see of it who select so; null when they see nothing. */
    byte @Nullable [] line(Selection selection, WatchForm form) {
        if (!selection.takes(name)) {
            return null;
        }
        boolean is = after != null && selection.takes(after);
        boolean was = before != null && selection.takes(before);
        if (is) {
            return WatchForm.line(was ? "MODIFIED" : "ADDED", object(form));
        }
        return was ? WatchForm.line("DELETED", left == null ? object(form) : form.object(left)) : null;
    }

    /** Roughly what it takes to keep it, bytes. */
    long weight() {
        return OVERHEAD + resource.length + system.length + (left == null ? 0 : resource.length);
    }

    private byte[] object(WatchForm form) {
        return form == WatchForm.RESOURCE ? resource : system;
    }
}
