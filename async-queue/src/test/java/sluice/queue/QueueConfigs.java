package sluice.queue;

import java.util.HashMap;
import java.util.Map;
import sluice.core.Settings;

/** Settings for tests. */
public final class QueueConfigs {
    private QueueConfigs() {}

    public static QueueConfig with(String... namesAndValues) {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            environment.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return QueueConfig.from(new Settings(environment));
    }
}
