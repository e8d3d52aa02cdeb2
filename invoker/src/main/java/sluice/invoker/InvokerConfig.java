package sluice.invoker;

import java.time.Duration;
import java.util.List;
import sluice.core.Network;
import sluice.core.Settings;

/**
 * Settings of the data plane.
 *
 * @param defaultNamespace of function names without one
 * @param upstreamTimeout from the request's last byte to the response head, then the longest silence in the body
 * @param streamIdle the same for event streams, NDJSON and tunnels
 * @param headTimeout from the first byte of a request head to its last
 * @param idleTimeout of a client connection without a call
 * @param bodySilence longest pause in a request body
 * @param uploadRate least bytes per second of a request body, once {@code uploadGrace} has passed; 0 is no limit
 * @param writeStall longest time in which a client takes none of the bytes that wait for it
 * @param dialTimeout to connect to a replica
 * @param upstreamIdle how long an upstream connection is kept without a call
 * @param upstreamLife after which an upstream connection is renewed
 * @param maxUpstream upstream connections per replica and event loop
 * @param maxIdleUpstream of those, how many are kept without a call
 * @param holdWait longest wait of a call for a slot or a replica
 * @param maxHeldCalls calls per function that may wait
 * @param maxHeldInAll calls of the process that may wait
 * @param maxCalls calls in flight in the process
 * @param maxHops gateways a call may pass
 * @param scaleFromZero whether a call wakes a function without replicas
 * @param timeoutIs504 whether an upstream timeout is a 504 instead of OpenFaaS's 502
 * @param trustedProxies peers whose {@code X-Forwarded-*} is believed; empty means all, as OpenFaaS does
 * @param maxWindow most bytes in flight per direction of one call
 * @param takesAsync whether calls that prefer to be made later are left to the control plane
 * @param drainIdle while draining, how long an idle client connection waits for a last request
 * @param heads bounds of message heads
 */
public record InvokerConfig(
        String defaultNamespace,
        Duration upstreamTimeout,
        Duration streamIdle,
        Duration headTimeout,
        Duration idleTimeout,
        Duration bodySilence,
        int uploadRate,
        Duration uploadGrace,
        Duration writeStall,
        Duration dialTimeout,
        Duration upstreamIdle,
        Duration upstreamLife,
        int maxUpstream,
        int maxIdleUpstream,
        Duration holdWait,
        int maxHeldCalls,
        int maxHeldInAll,
        int maxCalls,
        int maxHops,
        boolean scaleFromZero,
        boolean timeoutIs504,
        List<Network> trustedProxies,
        int maxWindow,
        boolean takesAsync,
        Duration drainIdle,
        HeadLimits heads) {
    /** Reads the settings. */
    public static InvokerConfig from(Settings settings) {
        return new InvokerConfig(
                settings.text("function_namespace", "openfaas-fn", "namespace of functions named without one"),
                settings.duration(
                        "upstream_timeout",
                        Duration.ofSeconds(60),
                        "from a request's last byte to the function's response head, then the longest silence in its body"),
                settings.duration(
                        "SLUICE_STREAM_IDLE",
                        Duration.ofMinutes(10),
                        "longest silence of an event stream, an NDJSON answer, a WebSocket or another tunnel"),
                settings.duration("SLUICE_HEAD_TIMEOUT", Duration.ofSeconds(10), "to receive a request head"),
                settings.duration(
                        "SLUICE_IDLE_TIMEOUT", Duration.ofSeconds(75), "client connection without a call is closed"),
                settings.duration("SLUICE_BODY_SILENCE", Duration.ofSeconds(30), "longest pause in a request body"),
                settings.integer(
                        "SLUICE_UPLOAD_RATE", 240, 0, 1 << 30, "least bytes per second of a request body; 0: no limit"),
                settings.duration(
                        "SLUICE_UPLOAD_GRACE", Duration.ofSeconds(10), "before SLUICE_UPLOAD_RATE is enforced"),
                settings.duration(
                        "SLUICE_WRITE_STALL",
                        Duration.ofSeconds(30),
                        "longest time in which a client reads none of an answer that waits for it"),
                settings.duration("SLUICE_DIAL_TIMEOUT", Duration.ofSeconds(1), "to connect to a replica"),
                settings.duration(
                        "SLUICE_UPSTREAM_IDLE",
                        Duration.ofSeconds(30),
                        "upstream connection without a call is closed; a function's Keep-Alive may shorten it"),
                settings.duration("SLUICE_UPSTREAM_LIFE", Duration.ofHours(1), "upstream connection is renewed"),
                settings.integer(
                        "SLUICE_UPSTREAM_CONNECTIONS",
                        512,
                        1,
                        65_535,
                        "upstream connections per replica and event loop"),
                settings.integer(
                        "SLUICE_UPSTREAM_IDLE_CONNECTIONS",
                        64,
                        0,
                        65_535,
                        "upstream connections kept without a call, per replica and event loop"),
                settings.duration(
                        "SLUICE_HOLD_WAIT", Duration.ofSeconds(60), "longest wait of a call for a slot or a replica"),
                settings.integer("SLUICE_MAX_HELD_CALLS", 1_000, 0, 1_000_000, "calls per function that may wait"),
                settings.integer(
                        "SLUICE_MAX_HELD_CALLS_TOTAL", 10_000, 0, 1_000_000, "calls of the process that may wait"),
                settings.integer("SLUICE_MAX_CALLS", 10_000, 1, 1_000_000, "calls in flight in the process"),
                settings.integer(
                        "SLUICE_MAX_HOPS", 16, 1, 100, "gateways a call may pass before it is refused with 508"),
                settings.flag("scale_from_zero", true, "a call to a function without replicas asks for one and waits"),
                settings.flag(
                        "SLUICE_GATEWAY_TIMEOUT_504", false, "answer 504 instead of 502 when a function times out"),
                settings.parsed(
                        "SLUICE_TRUSTED_PROXIES",
                        "list of CIDR",
                        List.of(),
                        "peers whose X-Forwarded-* fields are believed; empty: all are",
                        Network::parseList),
                settings.integer(
                        "SLUICE_STREAM_WINDOW",
                        1 << 20,
                        64 * 1024,
                        16 << 20,
                        "most bytes in flight per direction of one call that is read as fast as it comes"),
                settings.flag("async", true, "serve /async-function and /system/calls"),
                settings.duration(
                        "SLUICE_DRAIN_IDLE",
                        Duration.ofSeconds(1),
                        "while draining, how long an idle client connection waits for a request that is on its way"),
                HeadLimits.from(settings));
    }
}
