package sluice.queue.embedded;

import io.netty.handler.codec.http.HttpHeaders;
import sluice.queue.SpooledAnswer;
import sluice.queue.body.TakenBody;

/** An answer whose body this journal has taken in. */
record Spooled(int status, HttpHeaders headers, TakenBody body) implements SpooledAnswer {
    @Override
    public long length() {
        return body.length();
    }

    @Override
    public void discard() {
        body.discard();
    }
}
