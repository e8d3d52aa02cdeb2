package sluice.invoker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/** Whether this run of the tests speaks HTTP/2 to the gateway: {@code -Dsluice.test.http2=true}. */
final class Http2 {
    static final boolean IS_ON = Boolean.getBoolean("sluice.test.http2");

    private Http2() {}

    /**
     * A client's connection.
     *
     * @param spoken speaks what this run speaks
     * @param wire the TCP connection below
     */
    record Line(Socket spoken, Socket wire) {}

    /** Connects to {@code port} of this machine. */
    static Line connect(int port) throws IOException {
        return connect(port, 0);
    }

    /** As {@link #connect(int)}; the system keeps {@code receiveBuffer} bytes or twice as much, 0 for as it likes. */
    static Line connect(int port, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer); // before it connects, or it has no effect
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return new Line(IS_ON ? new StreamSocket(Tls.overForHttp2(socket)) : Tls.over(socket), socket);
    }
}
