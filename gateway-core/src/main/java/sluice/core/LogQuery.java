package sluice.core;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which log lines of a function are wanted.
 *
 * @param instance one replica only, or null for all
 * @param tail at most so many lines per replica; 0 or less means no limit
 * @param since nothing older, or null
 * @param follow whether the stream stays open for lines to come
 */
public record LogQuery(
        FunctionName function,
        @Nullable String instance,
        int tail,
        @Nullable Instant since,
        boolean follow) {}
