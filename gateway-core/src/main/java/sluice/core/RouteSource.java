package sluice.core;

import reactor.core.publisher.Flux;

/**
 * The feed of what exists, pushed by the provider: functions with their settings and their replicas. The data plane
 * is built from this feed and asks the provider nothing while a call waits.
 */
public interface RouteSource {
    /**
     * Everything that exists as {@link RouteChange.Changed}, then {@link RouteChange.Synced} once, then every change
     * in the order in which it happened, without end. Serialised: one signal at a time. Emitted before the control
     * call that caused it completes. For any number of subscribers, each of which asks for unbounded demand and must
     * not block.
     */
    Flux<RouteChange> changes();
}
