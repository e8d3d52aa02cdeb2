package sluice.benchmarks.soak;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;

/** One thing that a client or a function does which calls of others must not notice. Blocks until it is done. */
enum Trouble {
    /** Leaves within the head of a request. */
    LEAVES_IN_HEAD(2, 100) {
        @Override
        void make(Socket socket) throws IOException {
            send(socket, "GET /function/up/get64 HTTP/1.1\r\nHost: be");
        }
    },
    /** Resets its connection within the body of an upload. */
    RESETS_UPLOAD(2, 100) {
        @Override
        void make(Socket socket) throws IOException {
            send(socket, head("POST", "/up1m", MEBIBYTE));
            socket.getOutputStream().write(new byte[MEBIBYTE / 2]);
            socket.setSoLinger(true, 0);
        }
    },
    /** Resets its connection within an answer. */
    RESETS_ANSWER(2, 100) {
        @Override
        void make(Socket socket) throws IOException {
            send(socket, head("GET", "/get1m", 0));
            read(socket, 10_000);
            socket.setSoLinger(true, 0);
        }
    },
    /** Calls a function that resets its connection within its answer; the client must see that it is cut. */
    FUNCTION_RESETS(2, 100) {
        @Override
        void make(Socket socket) throws IOException {
            send(socket, head("GET", "/get1m?reset", 0));
            long came = readToTheEnd(socket, MEBIBYTE);
            if (came >= MEBIBYTE) {
                throw new IOException("an answer that was cut looks whole");
            }
        }
    },
    /** Downloads a MiB as fast as it comes. */
    LARGE_DOWNLOAD(1, 100) {
        @Override
        void make(Socket socket) throws IOException {
            send(socket, head("GET", "/get1m", 0));
            read(socket, MEBIBYTE);
        }
    },
    /** Uploads a MiB. */
    LARGE_UPLOAD(1, 100) {
        @Override
        void make(Socket socket) throws IOException {
            send(socket, head("POST", "/up1m", MEBIBYTE));
            socket.getOutputStream().write(new byte[MEBIBYTE]);
            read(socket, 64);
        }
    },
    /** Downloads a MiB with 64 KiB/s. */
    READS_SLOWLY(8, 0) {
        @Override
        void make(Socket socket) throws IOException {
            send(socket, head("GET", "/get1m", 0));
            for (int left = MEBIBYTE; left > 0 && !Thread.currentThread().isInterrupted(); left -= SLICE) {
                read(socket, SLICE);
                LockSupport.parkNanos(250_000_000);
            }
        }
    },
    /** Asks for 100 MiB, reads a little, then nothing for so long that the gateway must give up. */
    STOPS_READING(2, 0) {
        @Override
        void make(Socket socket) throws IOException {
            send(socket, head("GET", "/get100m", 0));
            read(socket, 10_000);
            for (int i = 0; i < 15 && !Thread.currentThread().isInterrupted(); i++) {
                LockSupport.parkNanos(1_000_000_000);
            }
        }
    };

    static final int MEBIBYTE = 1 << 20;
    private static final int SLICE = 16 * 1024;
    private static final int TIMEOUT_MILLIS = 20_000;

    private final int threads;
    private final int pauseMillis;

    Trouble(int threads, int pauseMillis) {
        this.threads = threads;
        this.pauseMillis = pauseMillis;
    }

    /** How many make it at a time. */
    int threads() {
        return threads;
    }

    /** Between two times of one thread. */
    int pauseMillis() {
        return pauseMillis;
    }

    /** Makes it once, at the gateway on {@code port}; fails when the gateway does not do as it should. */
    void make(int port) throws IOException {
        try (Socket socket = new Socket()) {
            if (this == READS_SLOWLY || this == STOPS_READING) {
                socket.setReceiveBufferSize(SLICE); // what is not read must not wait in the system
            }
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
            socket.setSoTimeout(TIMEOUT_MILLIS);
            make(socket);
        }
    }

    abstract void make(Socket socket) throws IOException;

    private static String head(String method, String path, int length) {
        return method + " /function/up" + path + " HTTP/1.1\r\nHost: bench.local\r\n"
                + (length > 0 ? "Content-Length: " + length + "\r\n\r\n" : "\r\n");
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** At least so many bytes. */
    private static void read(Socket socket, int count) throws IOException {
        if (readToTheEnd(socket, count) < count) {
            throw new EOFException("the connection ended");
        }
    }

    /** Up to {@code most} bytes; what came before the end, however the connection ended. */
    private static long readToTheEnd(Socket socket, int most) throws IOException {
        byte[] bytes = new byte[SLICE];
        InputStream in = socket.getInputStream();
        long came = 0;
        try {
            while (came < most) {
                int n = in.read(bytes, 0, (int) Math.min(bytes.length, most - came));
                if (n < 0) {
                    return came;
                }
                came += n;
            }
        } catch (java.net.SocketException reset) {
            return came;
        }
        return came;
    }
}
