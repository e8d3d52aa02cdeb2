package sluice.queue;

import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import sluice.core.FunctionEvent;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.Functions;

/** A catalogue without a function, so that settings decide alone. */
public final class NoFunctions implements Functions {
    @Override
    public @Nullable FunctionStatus find(FunctionName name) {
        return null;
    }

    @Override
    public List<FunctionStatus> all() {
        return List.of();
    }

    @Override
    public long version() {
        return 0;
    }

    @Override
    public Flux<FunctionEvent> watch(long since) {
        return Flux.never();
    }
}
