package sluice.http;

import java.time.Duration;
import java.util.List;
import sluice.core.Network;
import sluice.core.Settings;

/**
 * Settings of asynchronous calls as clients meet them; how calls are kept and run is set elsewhere.
 *
 * @param isOn whether there are asynchronous calls at all; if not, their paths are not found
 * @param maxBodyBytes largest body of a call
 * @param maxAge of a call that says none; counted from when it is due, if that was put off
 * @param maxWait longest {@code ?wait=} and {@code Prefer: wait}; longer ones are cut to it
 * @param maxWaiting requests that wait for the end of a call at once; more are answered as things are
 * @param hasOpenCallIds whether an id that a client chose opens status, result and cancel to everyone who knows it
 * @param maxHops gateways a call may pass
 * @param bodySilence longest pause in a body
 * @param uploadBytesPerSecond least rate of a body, 0 for none
 * @param uploadGrace before the rate is enforced
 * @param writeStall longest time in which a client takes none of a result
 * @param trustedProxies peers whose {@code X-Forwarded-*} fields are believed; empty: all are
 */
public record AsyncConfig(
        boolean isOn,
        long maxBodyBytes,
        Duration maxAge,
        Duration maxWait,
        int maxWaiting,
        boolean hasOpenCallIds,
        int maxHops,
        Duration bodySilence,
        int uploadBytesPerSecond,
        Duration uploadGrace,
        Duration writeStall,
        List<Network> trustedProxies) {
    /** Reads the settings; those that synchronous calls have too are the same ones. */
    public static AsyncConfig from(Settings settings) {
        return new AsyncConfig(
                settings.flag("async", true, "serve /async-function and /system/calls"),
                settings.bytes("SLUICE_QUEUE_MAX_BODY", 1L << 30, 0, 1L << 40, "body of an asynchronous call"),
                settings.duration(
                        "SLUICE_QUEUE_MAX_AGE",
                        Duration.ofHours(24),
                        "from the submit of a call until no more attempt of it starts"),
                settings.duration(
                        "SLUICE_QUEUE_MAX_WAIT",
                        Duration.ofMinutes(5),
                        "Longest ?wait= and Prefer: wait=; longer ones are cut to it."),
                settings.integer(
                        "SLUICE_QUEUE_WAITING",
                        10_000,
                        0,
                        1_000_000,
                        "Requests that wait for the end of a call; more are answered at once."),
                settings.flag(
                        "SLUICE_OPEN_CALL_IDS",
                        false,
                        "Let everyone who knows it read and cancel by a call id that a client chose."),
                settings.integer(
                        "SLUICE_MAX_HOPS", 16, 1, 100, "gateways a call may pass before it is refused with 508"),
                settings.duration("SLUICE_BODY_SILENCE", Duration.ofSeconds(30), "longest pause in a request body"),
                settings.integer(
                        "SLUICE_UPLOAD_RATE", 240, 0, 1 << 30, "least bytes per second of a request body; 0: no limit"),
                settings.duration(
                        "SLUICE_UPLOAD_GRACE", Duration.ofSeconds(10), "before SLUICE_UPLOAD_RATE is enforced"),
                settings.duration(
                        "SLUICE_WRITE_STALL",
                        Duration.ofSeconds(30),
                        "longest time in which a client reads none of an answer that waits for it"),
                settings.parsed(
                        "SLUICE_TRUSTED_PROXIES",
                        "list of CIDR",
                        List.of(),
                        "peers whose X-Forwarded-* fields are believed; empty: all are",
                        Network::parseList));
    }
}
