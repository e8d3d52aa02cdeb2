package sluice.http;

import sluice.core.calls.CallJournal;

/** What the control plane needs for asynchronous calls. */
public record AsyncCalls(CallJournal journal, AsyncConfig config) {}
