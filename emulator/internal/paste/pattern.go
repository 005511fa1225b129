package paste

import (
	"regexp"
	"sync"
)

// A pattern is a regular expression that is compiled when it is first used:
// most processes never read a paste, and compiling them all takes 3 ms.
type pattern func() *regexp.Regexp

func lazily(expr string) pattern {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
