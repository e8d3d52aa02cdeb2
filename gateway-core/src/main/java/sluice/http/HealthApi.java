package sluice.http;

import java.util.function.BooleanSupplier;
import reactor.core.publisher.Mono;
import sluice.core.Component;
import sluice.core.Failure;

/** {@code /healthz}: whether this gateway wants to be sent requests. */
final class HealthApi {
    static final String PATH = "/healthz";

    private final BooleanSupplier isStopping;

    HealthApi(BooleanSupplier isStopping) {
        this.isStopping = isStopping;
    }

    Mono<Answer> check(ApiCall call) {
        return isStopping.getAsBoolean()
                ? Mono.error(Failure.UNAVAILABLE.in(Component.GATEWAY, "draining"))
                : Mono.just(Answer.empty(200));
    }
}
