package sluice.http;

import sluice.core.calls.CallJournal;
import sluice.core.calls.CallbackPolicy;

/**
 * What the control plane needs for asynchronous calls.
 *
 * @param callbacks which callbacks a submit may ask for
 */
public record AsyncCalls(CallJournal journal, AsyncConfig config, CallbackPolicy callbacks) {}
