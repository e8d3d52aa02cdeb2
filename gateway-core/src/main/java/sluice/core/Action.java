package sluice.core;

/** What can be permitted, under the names that OpenFaaS IAM policies use. */
public enum Action {
    FUNCTION_LIST("Function:List"),
    FUNCTION_GET("Function:Get"),
    FUNCTION_CREATE("Function:Create"),
    FUNCTION_UPDATE("Function:Update"),
    FUNCTION_DELETE("Function:Delete"),
    FUNCTION_SCALE("Function:Scale"),
    FUNCTION_LOGS("Function:Logs"),
    SECRET_LIST("Secret:List"),
    SECRET_CREATE("Secret:Create"),
    SECRET_UPDATE("Secret:Update"),
    SECRET_DELETE("Secret:Delete"),
    NAMESPACE_LIST("Namespace:List"),
    NAMESPACE_GET("Namespace:Get"),
    NAMESPACE_CREATE("Namespace:Create"),
    NAMESPACE_UPDATE("Namespace:Update"),
    NAMESPACE_DELETE("Namespace:Delete"),
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
