package sluice.invoker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * What is logged during one test class, our own lines down to DEBUG. Nothing of it may be an error, carry an exception,
 * or report a buffer that was not given back. Thread-safe.
 */
final class LogWatch extends AppenderBase<ILoggingEvent> implements AutoCloseable {
    private static final String LEAK = "LEAK:";
    /** Netty tells here of listeners that came when their loop had ended, as happens when a gateway of a test stops. */
    private static final String AFTER_THE_END = "io.netty.util.concurrent.DefaultPromise.rejectedExecution";

    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final Logger ours = (Logger) LoggerFactory.getLogger("sluice");

    private LogWatch() {
        setContext(root.getLoggerContext());
        start();
        root.addAppender(this);
        ours.setLevel(Level.DEBUG);
    }

    /** The watch of the class that {@code test} belongs to; it is closed, and looks for leaks, after the class. */
    static LogWatch of(ExtensionContext test) {
        ExtensionContext scope = test;
        while (scope.getTestMethod().isPresent()) {
            scope = scope.getParent().orElseThrow();
        }
        return scope.getStore(ExtensionContext.Namespace.create(LogWatch.class))
                .getOrComputeIfAbsent(LogWatch.class, key -> new LogWatch(), LogWatch.class);
    }

    /** Forgets what was logged so far. */
    void clear() {
        events.clear();
    }

    /** What was logged, as text. */
    List<String> lines() {
        return events.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    void assertNoFailures() {
        assertThat(events.stream()
                        .filter(LogWatch::isFailure)
                        .map(event -> event.getLoggerName() + ": " + event.getFormattedMessage() + "\n"
                                + ThrowableProxyUtil.asString(event.getThrowableProxy()))
                        .toList())
                .isEmpty();
    }

    private static boolean isFailure(ILoggingEvent event) {
        if (event.getLoggerName().equals(AFTER_THE_END)) {
            return false;
        }
        return event.getThrowableProxy() != null
                || event.getLevel().isGreaterOrEqual(Level.ERROR)
                || event.getFormattedMessage().contains(LEAK);
    }

    @Override
    public void close() {
        for (int i = 0; i < 3; i++) { // a lost buffer is reported when others are made after it was collected
            System.gc();
            PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
            ByteBufAllocator.DEFAULT.directBuffer(16).release();
        }
        root.detachAppender(this);
        ours.setLevel(null);
        assertNoFailures();
    }

    @Override
    protected void append(ILoggingEvent event) {
        event.prepareForDeferredProcessing();
        events.add(event);
    }
}
