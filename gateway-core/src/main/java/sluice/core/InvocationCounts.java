package sluice.core;

import java.util.Map;
import reactor.core.publisher.Mono;

/** How often functions were called, from the data plane's own counters. Thread-safe. */
public interface InvocationCounts {
    /** Completed calls per function since the start of this process, over all status codes. */
    Mono<Map<FunctionName, Long>> totals();
}
