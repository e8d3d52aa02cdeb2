package sluice.invoker;

import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import sluice.http.Certificates;

/** Whether this run of the tests speaks TLS to the gateway, and what that takes: {@code -Dsluice.test.tls=true}. */
final class Tls {
    static final boolean IS_ON = Boolean.getBoolean("sluice.test.tls");

    private Tls() {}

    /** Settings of the gateway. */
    static Map<String, String> settings() {
        return IS_ON
                ? Map.of(
                        "SLUICE_TLS_CERT", Once.PEM.certificate().toString(),
                        "SLUICE_TLS_KEY", Once.PEM.key().toString())
                : Map.of();
    }

    /** The client's end of {@code socket}, with TLS over it when that is on. */
    static Socket over(Socket socket) throws IOException {
        if (!IS_ON) {
            return socket;
        }
        SSLSocket secure =
                (SSLSocket) Once.CONTEXT.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        handshake(secure);
        return secure;
    }

    private static void handshake(SSLSocket secure) throws IOException {
        secure.setSoTimeout((int) RawConnection.PATIENCE.toMillis());
        secure.startHandshake();
    }

    /** A connection on which HTTP/2 is spoken: agreed upon under TLS, known before without it. */
    static Socket overForHttp2(Socket socket) throws IOException {
        if (!IS_ON) {
            return socket;
        }
        SSLSocket secure =
                (SSLSocket) Once.CONTEXT.getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        SSLParameters parameters = secure.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        secure.setSSLParameters(parameters);
        handshake(secure);
        return secure;
    }

    /** Made when it is needed first. */
    private static final class Once {
        static final Certificates PEM = make();
        static final SSLContext CONTEXT = trustful();

        private static Certificates make() {
            try {
                return Certificates.in(Files.createTempDirectory(Path.of("target"), "tls"));
            } catch (IOException | InterruptedException | GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private static SSLContext trustful() {
            try {
                SSLContext context = SSLContext.getInstance("TLS");
                context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
                return context;
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
