package sluice.http;

import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import sluice.core.CallHead;

/** The head of a call that came through the server's codec, as gates read it. */
final class FieldsHead implements CallHead {
    private final byte[] bytes;
    private final List<Place> places;

    private FieldsHead(byte[] bytes, List<Place> places) {
        this.bytes = bytes;
        this.places = places;
    }

    private record Place(String name, int start, int end) {}

    static FieldsHead of(HttpHeaders headers) {
        ByteArrayOutputStream values = new ByteArrayOutputStream();
        List<Place> places = new ArrayList<>();
        for (Map.Entry<String, String> field : headers) {
            int start = values.size();
            values.writeBytes(field.getValue().strip().getBytes(StandardCharsets.ISO_8859_1));
            places.add(new Place(field.getKey().toLowerCase(Locale.ROOT), start, values.size()));
        }
        return new FieldsHead(values.toByteArray(), places);
    }

    @Override
    public byte[] bytes() {
        return bytes;
    }

    @Override
    public int find(String name, int from) {
        for (int i = from; i < places.size(); i++) {
            if (places.get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public int valueStart(int field) {
        return places.get(field).start();
    }

    @Override
    public int valueEnd(int field) {
        return places.get(field).end();
    }
}
