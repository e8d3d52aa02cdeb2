package sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** Clients at addresses of their own, all of this machine: who guesses too often from one is not listened to. */
final class Stranger {
    private static final int PATIENCE_MILLIS = 20_000;

    private Stranger() {}

    /**
     * All that is answered to these bytes, until the connection ends.
     *
     * @param number of the address, from 0 to 2^24 - 1
     */
    static String send(int port, int number, String request) throws IOException {
        try (Socket socket = new Socket()) {
            byte[] address = {127, (byte) (number >> 16), (byte) (number >> 8), (byte) number};
            socket.bind(new InetSocketAddress(InetAddress.getByAddress(address), 0));
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            StringBuilder answer = new StringBuilder();
            try {
                for (int next = in.read(); next >= 0; next = in.read()) {
                    answer.append((char) next);
                }
            } catch (SocketException e) { // the rest of a refused request may be answered by a reset
                assertThat(answer).isNotEmpty();
            }
            return answer.toString();
        }
    }
}
