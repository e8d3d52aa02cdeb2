package sluice.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Map;
import sluice.core.watch.WatchedFunction;

/** How the object of an event looks; which of the two depends on the path that is watched. */
enum WatchForm {
    /** As the gateway's own API describes a function. */
    SYSTEM {
        @Override
        byte[] object(WatchedFunction function) {
            return Json.write(StatusBody.at(function.function(), function.version()));
        }

        @Override
        byte[] bookmark(long version) {
            return Json.write(Map.of("resourceVersion", Long.toString(version)));
        }
    },
    /** As the Kubernetes API does. */
    RESOURCE {
        @Override
        byte[] object(WatchedFunction function) {
            return Json.write(KubeFunction.of(function));
        }

        @Override
        byte[] bookmark(long version) {
            return Json.write(KubeFunction.bookmark(version));
        }
    };

    private static final byte[] MIDDLE = "\",\"object\":".getBytes(US_ASCII);
    private static final byte[] END = "}\n".getBytes(US_ASCII);

    abstract byte[] object(WatchedFunction function);

    abstract byte[] bookmark(long version);

    /** One event, as a line. */
    static byte[] line(String type, byte[] object) {
        byte[] start = ("{\"type\":\"" + type).getBytes(US_ASCII);
        byte[] line = new byte[start.length + MIDDLE.length + object.length + END.length];
        System.arraycopy(start, 0, line, 0, start.length);
        System.arraycopy(MIDDLE, 0, line, start.length, MIDDLE.length);
        System.arraycopy(object, 0, line, start.length + MIDDLE.length, object.length);
        System.arraycopy(END, 0, line, line.length - END.length, END.length);
        return line;
    }

    /** The last line of one whose version is not remembered: it has to list again. */
    static byte[] expired(String message) {
        return line("ERROR", Json.write(KubeStatus.of("Expired", 410, message)));
    }
}
