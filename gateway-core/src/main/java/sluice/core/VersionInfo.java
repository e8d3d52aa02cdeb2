package sluice.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The build of Sluice that runs. Neither part is ever empty: clients dereference both. */
public record VersionInfo(String release, String sha) {
    private static final VersionInfo CURRENT = read();

    /** What the build wrote into {@code sluice/version.properties}; read once, so that an event loop may ask. */
    public static VersionInfo current() {
        return CURRENT;
    }

    private static VersionInfo read() {
        Properties properties = new Properties();
        try (InputStream in = VersionInfo.class.getResourceAsStream("/sluice/version.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new VersionInfo(filled(properties, "release", "dev"), filled(properties, "sha", "unknown"));
    }

    private static String filled(Properties properties, String key, String otherwise) {
        String value = properties.getProperty(key, "");
        return value.isEmpty() || value.startsWith("$") ? otherwise : value;
    }
}
