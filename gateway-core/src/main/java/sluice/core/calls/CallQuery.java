package sluice.core.calls;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import sluice.core.FunctionName;

/**
 * Which calls are meant; every condition that is given must hold.
 *
 * @param namespace of the function, or empty for all
 * @param function or null for all
 * @param queue or empty for all
 * @param callId or empty for all
 * @param states empty for all
 * @param labels all of which a call must carry
 * @param from earliest submit, or null
 * @param to submits before this, or null
 */
public record CallQuery(
        String namespace,
        @Nullable FunctionName function,
        String queue,
        String callId,
        Set<CallState> states,
        Map<String, String> labels,
        @Nullable Instant from,
        @Nullable Instant to) {
    public CallQuery {
        states = Set.copyOf(states);
        labels = Map.copyOf(labels);
    }
}
