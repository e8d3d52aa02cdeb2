package sluice.http;

import org.jspecify.annotations.NullUnmarked;

@NullUnmarked
final class Planes {
    static ControlPlane control() {
        return new ControlPlane(null, null, null, null, null, "");
    }
}
