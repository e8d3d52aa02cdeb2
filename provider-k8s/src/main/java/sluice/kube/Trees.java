package sluice.kube;

import java.util.Map;

/** The API's JSON where no type describes it. */
final class Trees {
    private Trees() {}

    /** Empty for anything but an object. */
    @SuppressWarnings("unchecked") // keys of JSON are texts
    static Map<String, Object> map(@org.jspecify.annotations.Nullable Object value) {
        return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    /** Empty for anything but a text. */
    static String text(Map<String, Object> object, String field) {
        return object.get(field) instanceof String text ? text : "";
    }
}
