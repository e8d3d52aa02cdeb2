package sluice.http;

import java.time.Instant;
import java.util.List;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.Revocations;
import sluice.core.TokenDesk;
import sluice.core.TokenDesk.Exchange;

/** One revocation of a subject, which can be lifted, and one of a token, which cannot. */
final class SomeRevocations implements Revocations {
    static final String OF_SUBJECT = "0123456789abcdef0123456789abcdef";
    static final String OF_TOKEN = "fedcba9876543210fedcba9876543210";
    private static final Instant THEN = Instant.parse("2031-05-01T00:00:00Z");

    @Override
    public Mono<Exchange> revoke(TokenDesk.Request request) {
        return Mono.just(
                switch (request.form().getOrDefault("token", List.of("")).get(0)) {
                    case "" -> new Exchange.Refused(Failure.INVALID_REQUEST, "invalid_request", "token is required", 0);
                    case "often" -> new Exchange.Refused(Failure.OVERLOADED, "slow_down", "too many requests", 6);
                    case "down" -> new Exchange.Refused(Failure.UNAVAILABLE, "temporarily_unavailable", "no disk", 5);
                    default -> new Exchange.Revoked();
                });
    }

    @Override
    public Mono<Entry> add(Asked asked, String by) {
        return Mono.just(entry(OF_SUBJECT, asked, by));
    }

    @Override
    public List<Entry> list() {
        return List.of(
                entry(OF_SUBJECT, new Asked(Kind.SUBJECT, "https://idp", "alice", THEN, "left"), "admin"),
                entry(OF_TOKEN, new Asked(Kind.TOKEN, "https://gw", "id-1", null, ""), "alice"),
                entry(OF_TOKEN, new Asked(Kind.CERTIFICATE, "", "ab".repeat(32), null, "lost"), "admin"));
    }

    private static Entry entry(String id, Asked asked, String by) {
        return new Entry(
                id, asked.kind(), asked.issuer(), asked.value(), asked.until(), asked.reason(), by, THEN, THEN);
    }

    @Override
    public Mono<Void> lift(String id) {
        return switch (id) {
            case OF_SUBJECT -> Mono.empty();
            case OF_TOKEN -> Mono.error(Failure.CONFLICT.in(Component.ACCESS, "what is revoked one by one stays so"));
            default -> Mono.error(Failure.NOT_FOUND.in(Component.ACCESS, "there is no revocation of this id"));
        };
    }
}
