package sluice.http;

import java.util.function.BooleanSupplier;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;

/** {@code /healthz}: whether this gateway wants to be sent requests. */
final class HealthApi {
    private final BooleanSupplier isDraining;

    HealthApi(BooleanSupplier isDraining) {
        this.isDraining = isDraining;
    }

    Mono<Answer> check(ApiCall call) {
        return isDraining.getAsBoolean()
                ? Mono.error(Failure.UNAVAILABLE.in(Component.GATEWAY, "draining"))
                : Mono.just(Answer.empty(200));
    }
}
