package ops

import (
	"net/http"

	"github.com/cosemu/cosemu/emulator/internal/call"
)

// answerPreflight answers a preflight that the CORS rules allow (COS docs:
// OPTIONS Object).
func answerPreflight(_ *call.Env, c *call.Call) (*call.Reply, error) {
	rep := &call.Reply{Status: http.StatusOK}
	rep.AddCORS(c.Preflight)
	return rep, nil
}
