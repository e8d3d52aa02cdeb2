/** Assembly: settings in, objects wired by hand, main, shutdown order; nothing else. */
@NullMarked
@CheckReturnValue
package sluice.gateway;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
