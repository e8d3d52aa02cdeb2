package sluice.invoker;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import sluice.core.ConnectionFacts;

@SuppressWarnings("FutureReturnValueIgnored") // a write that fails ends in exceptionCaught or channelInactive
final class ClientStream {
    private ClientStream() {}

    static void open(
            RelayContext relay,
            LoopState loop,
            Channel stream,
            String method,
            String target,
            HttpHeaders headers,
            boolean isComplete,
            ConnectionFacts facts) {
        stream.close();
    }
}
