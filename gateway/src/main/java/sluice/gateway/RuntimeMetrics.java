package sluice.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyEventExecutorMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.util.ResourceLeakDetector.LeakListener;
import java.util.List;
import sluice.core.VersionInfo;

/** The process as Prometheus sees it: JVM, descriptors, processors, buffers, event loops. Nothing here is per call. */
final class RuntimeMetrics implements AutoCloseable {
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics gc = new JvmGcMetrics();

    RuntimeMetrics(VersionInfo version) {
        List<MeterBinder> binders = List.of(
                gc,
                new JvmMemoryMetrics(),
                new JvmThreadMetrics(),
                new ClassLoaderMetrics(),
                new ProcessorMetrics(),
                new FileDescriptorMetrics(),
                new UptimeMetrics(),
                new NettyAllocatorMetrics(PooledByteBufAllocator.DEFAULT));
        binders.forEach(binder -> binder.bindTo(registry));
        Gauge.builder("sluice.build.info", () -> 1)
                .description("The build that runs, always 1.")
                .tags("release", version.release(), "sha", version.sha())
                .register(registry);
        Counter leaks = Counter.builder("sluice.leaked.buffers")
                .description(
                        "Buffers collected before they were released; must stay 0. Counted where Netty's leak detection is on.")
                .register(registry);
        ByteBufUtil.setLeakListener(new LeakListener() {
            @Override
            public void onLeak(String resourceType, String records) {
                leaks.increment();
            }
        });
    }

    /** Tells how many tasks wait for each of these loops; a loop that is blocked has many. */
    void watch(EventLoopGroup loops) {
        new NettyEventExecutorMetrics(loops).bindTo(registry);
    }

    /** All meters in text format 0.0.4. Takes the time of a walk over them, so not on an event loop. */
    String scrape() {
        return registry.scrape();
    }

    @Override
    public void close() {
        gc.close();
        registry.close();
    }
}
