package sluice.core;

/** What can be permitted, under the names that OpenFaaS IAM policies use; {@code Call} is ours, in the same style. */
public enum Action {
    FUNCTION_LIST("Function:List"),
    FUNCTION_GET("Function:Get"),
    FUNCTION_CREATE("Function:Create"),
    FUNCTION_UPDATE("Function:Update"),
    FUNCTION_DELETE("Function:Delete"),
    FUNCTION_SCALE("Function:Scale"),
    FUNCTION_LOGS("Function:Logs"),
    /** Calling a function that asks for it; the only action with the scope of a single function. */
    FUNCTION_INVOKE("Function:Invoke"),
    SECRET_LIST("Secret:List"),
    SECRET_CREATE("Secret:Create"),
    SECRET_UPDATE("Secret:Update"),
    SECRET_DELETE("Secret:Delete"),
    NAMESPACE_LIST("Namespace:List"),
    NAMESPACE_GET("Namespace:Get"),
    NAMESPACE_CREATE("Namespace:Create"),
    NAMESPACE_UPDATE("Namespace:Update"),
    NAMESPACE_DELETE("Namespace:Delete"),
    CALL_LIST("Call:List"),
    CALL_GET("Call:Get"),
    CALL_CANCEL("Call:Cancel"),
    CALL_REDRIVE("Call:Redrive"),
    CALL_PURGE("Call:Purge"),
    /** Pausing and resuming. */
    CALL_PAUSE("Call:Pause"),
    TOKEN_LIST("Token:List"),
    TOKEN_CREATE("Token:Create"),
    TOKEN_DELETE("Token:Delete"),
    SYSTEM_INFO("System:Info"),
    /** Any authenticated caller; used by the console. */
    CONSOLE("Console:View");

    private final String policyName;

    Action(String policyName) {
        this.policyName = policyName;
    }

    /** The name in policies and audit records. */
    public String policyName() {
        return policyName;
    }
}
