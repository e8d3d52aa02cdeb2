package sluice.gateway;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.hook.DefaultShutdownHook;
import ch.qos.logback.core.spi.ContextAwareBase;
import ch.qos.logback.core.util.Duration;
import org.slf4j.Logger;

/**
 * One line per event on the standard error stream, however many lines a message or a trace had. Written by a thread of
 * its own that drops events rather than let an event loop wait for whoever reads them.
 *
 * <p>In Java, because reading the same from XML takes a fifth of the start. {@code -Dlogback.configurationFile=FILE}
 * replaces it. Found by the service loader.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class Logging extends ContextAwareBase implements Configurator {
    private static final String LINE = "%d{\"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\", UTC} %-5level [%thread] %logger{0}: "
            + "%replace(%msg){'[\\r\\n]+', ' | '} %replace(%ex){'[\\r\\n]+\\t*', ' | '}%nopex%n";
    private static final int QUEUE_EVENTS = 8_192;
    private static final int LAST_FLUSH_MILLIS = 1_000;

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty("logback.configurationFile") != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(LINE);
        encoder.start();
        ConsoleAppender<ILoggingEvent> stream = new ConsoleAppender<>();
        stream.setContext(context);
        stream.setTarget("System.err");
        stream.setEncoder(encoder);
        stream.start();
        AsyncAppender queue = new AsyncAppender();
        queue.setContext(context);
        queue.setQueueSize(QUEUE_EVENTS);
        queue.setDiscardingThreshold(0);
        queue.setNeverBlock(true);
        queue.setMaxFlushTime(LAST_FLUSH_MILLIS);
        queue.addAppender(stream);
        queue.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(queue);
        context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.WARN);
        context.getLogger("sluice").setLevel(Level.toLevel(System.getenv("SLUICE_LOG_LEVEL"), Level.INFO));
        DefaultShutdownHook flush = new DefaultShutdownHook();
        flush.setContext(context);
        flush.setDelay(Duration.buildByMilliseconds(0));
        Runtime.getRuntime().addShutdownHook(new Thread(flush, "logging-end"));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
