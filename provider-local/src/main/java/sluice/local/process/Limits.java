package sluice.local.process;

import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.Resources;
import sluice.core.Text;

/**
 * What one replica may use.
 *
 * @param memoryBytes 0 means no limit
 * @param cpuMillis thousandths of a core; 0 means no limit
 */
public record Limits(long memoryBytes, long cpuMillis) {
    public static final Limits NONE = new Limits(0, 0);

    /** Reads {@code resources}; {@code field} is their name in the request ({@code limits}, {@code requests}). */
    public static Limits from(@Nullable Resources resources, String field) {
        if (resources == null) {
            return NONE;
        }
        check(resources.nvidiaGpu(), field + ".nvidia.com/gpu");
        check(resources.amdGpu(), field + ".amd.com/gpu");
        check(resources.intelGpu(), field + ".intel.com/gpu");
        return new Limits(
                read(resources.memory(), field + ".memory", Quantity::units),
                read(resources.cpu(), field + ".cpu", Quantity::thousandths));
    }

    private static void check(@Nullable String count, String field) {
        long unused = read(count, field, Quantity::units); // no device is limited here
    }

    private static long read(@Nullable String text, String field, Function<String, Optional<Long>> reader) {
        if (text == null || text.isEmpty()) {
            return 0;
        }
        return reader.apply(text)
                .orElseThrow(() -> Failure.INVALID_REQUEST.in(
                        Component.PROVIDER,
                        "validation failed: " + field + ": (" + Text.printable(text)
                                + ") must be a quantity such as 128Mi or 500m"));
    }
}
