package sluice.queue.store;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;

/** Header fields as bytes: for each, two lengths of two bytes, then name and value as ISO 8859-1, as they were on the wire. */
public final class HeaderBytes {
    private static final int LONGEST = 0xffff;

    private HeaderBytes() {}

    /** Fields beyond 64 KiB cannot come from an HTTP parser of ours; they are cut. */
    public static byte[] of(HttpHeaders headers) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        Iterator<Map.Entry<CharSequence, CharSequence>> fields = headers.iteratorCharSequence();
        while (fields.hasNext()) {
            Map.Entry<CharSequence, CharSequence> field = fields.next();
            write(out, field.getKey().toString(), field.getValue().toString());
        }
        return out.toByteArray();
    }

    static byte[] of(String name, String value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(256);
        write(out, name, value);
        return out.toByteArray();
    }

    private static void write(ByteArrayOutputStream out, String name, String value) {
        byte[] nameBytes = name.getBytes(StandardCharsets.ISO_8859_1);
        byte[] valueBytes = value.getBytes(StandardCharsets.ISO_8859_1);
        int nameLength = Math.min(nameBytes.length, LONGEST);
        int valueLength = Math.min(valueBytes.length, LONGEST);
        out.write(nameLength >> 8);
        out.write(nameLength);
        out.write(valueLength >> 8);
        out.write(valueLength);
        out.write(nameBytes, 0, nameLength);
        out.write(valueBytes, 0, valueLength);
    }

    /**
     * The fields of {@code bytes}; not checked again, since they were when they came.
     *
     * @throws IllegalArgumentException when they are no such bytes
     */
    public static HttpHeaders parse(byte[] bytes) {
        HttpHeaders headers =
                DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            while (in.hasRemaining()) {
                int name = in.getShort() & 0xffff;
                int value = in.getShort() & 0xffff;
                headers.add(text(in, name), text(in, value));
            }
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("header fields are cut off", e);
        }
        return headers;
    }

    private static String text(ByteBuffer in, int length) {
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
