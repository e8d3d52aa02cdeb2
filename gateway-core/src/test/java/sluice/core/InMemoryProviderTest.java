package sluice.core;

import java.util.List;
import java.util.Map;
import sluice.core.watch.FunctionWatch;

class InMemoryProviderTest extends FunctionProviderContract {
    private final InMemoryProvider provider = new InMemoryProvider();

    @Override
    protected FunctionProvider provider() {
        return provider;
    }

    @Override
    protected RouteSource routes() {
        return provider;
    }

    @Override
    protected FunctionWatch watch() {
        return provider;
    }

    @Override
    protected String defaultNamespace() {
        return InMemoryProvider.DEFAULT_NAMESPACE;
    }

    @Override
    protected FunctionDeployment runnable(FunctionName name) {
        return new FunctionDeployment(
                name,
                "example/" + name.name(),
                "cat",
                Map.of(),
                List.of(),
                List.of(),
                Map.of(),
                Map.of(),
                null,
                null,
                false);
    }
}
