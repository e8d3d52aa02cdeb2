package sluice.kube;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.BasicBuilder;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Has pages of lists sent compressed, and unpacks them as they come: a small part of the bytes, which in a young process is
 * most of what TLS costs. The API server packs answers above 128 KiB to those who accept gzip (Kubernetes,
 * APIResponseCompression); whatever else is answered passes as it is.
 */
final class PackedLists implements Interceptor {
    private static final String ACCEPT = "Accept-Encoding";

    @Override
    public void before(BasicBuilder builder, HttpRequest request, RequestTags tags) {
        if (isPage(request)) {
            builder.setHeader(ACCEPT, "gzip");
        }
    }

    @Override
    public AsyncBody.Consumer<List<ByteBuffer>> consumer(
            AsyncBody.Consumer<List<ByteBuffer>> consumer, HttpRequest request) {
        return isPage(request) ? new Unpacking(consumer) : consumer;
    }

    private static boolean isPage(HttpRequest request) {
        String query = request.uri().getRawQuery();
        return "GET".equals(request.method()) && query != null && query.contains("limit=");
    }

    /** One answer; it is packed if it begins as gzip does (RFC 1952, 2.3.1), which JSON cannot. */
    private static final class Unpacking implements AsyncBody.Consumer<List<ByteBuffer>> {
        private static final int HEADER = 10;
        private static final int PIECE = 64 * 1024;
        private static final byte[] MAGIC = {0x1f, (byte) 0x8b, 8, 0}; // deflate, none of the optional fields

        private final AsyncBody.Consumer<List<ByteBuffer>> next;
        private final Inflater inflater = new Inflater(true);
        private int heads; // of the header, how many bytes have been read
        private boolean isPlain;
        private boolean isOver;

        Unpacking(AsyncBody.Consumer<List<ByteBuffer>> next) {
            this.next = next;
        }

        @Override
        public void consume(List<ByteBuffer> packed, AsyncBody body) throws Exception {
            List<ByteBuffer> plain = new ArrayList<>();
            for (ByteBuffer part : packed) {
                unpack(part, plain);
            }
            next.consume(plain, body);
        }

        private void unpack(ByteBuffer part, List<ByteBuffer> plain) throws IOException, DataFormatException {
            while (!isPlain && heads < HEADER && part.hasRemaining()) {
                byte each = part.get();
                if (heads == 0 && each != MAGIC[0]) {
                    isPlain = true;
                    part.position(part.position() - 1);
                } else if (heads < MAGIC.length && each != MAGIC[heads]) {
                    throw new IOException("the API server's answer is packed in a way that is not understood");
                } else {
                    heads++;
                }
            }
            if (isPlain) {
                plain.add(part);
            } else if (!isOver) {
                inflate(part, plain);
            }
        }

        private void inflate(ByteBuffer part, List<ByteBuffer> plain) throws DataFormatException {
            inflater.setInput(part);
            while (!inflater.finished() && !inflater.needsInput()) {
                ByteBuffer piece = ByteBuffer.allocate(PIECE);
                if (inflater.inflate(piece) > 0) {
                    plain.add(piece.flip());
                }
            }
            if (inflater.finished()) { // what follows is a sum that TLS makes needless
                isOver = true;
                inflater.end();
            }
        }
    }
}
