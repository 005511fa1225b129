package fidelity

import (
	"net/http"
	"strconv"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// otherStatuses are those with which a code comes beside its own: code, status,
// source.
func otherStatuses() []otherStatus {
	return []otherStatus{
		{coserr.InvalidRequest, http.StatusConflict, "choice 217"},
		{coserr.InvalidRequest, http.StatusExpectationFailed, "choice 38"},
		{coserr.InvalidRequest, http.StatusRequestHeaderFieldsTooLarge, "choice 38"},
		{coserr.InvalidRequest, http.StatusHTTPVersionNotSupported, "choice 38"},
	}
}

type otherStatus struct {
	code   coserr.Code
	status int
	source string
}

// MayHaveStatus tells whether a code may come with a status that is not its own.
func MayHaveStatus(code coserr.Code, status int) bool {
	for _, o := range otherStatuses() {
		if o.code == code && o.status == status {
			return true
		}
	}
	return false
}

// addStatuses tells of them in the row of the code.
func addStatuses(row *Row, code coserr.Code) {
	for _, o := range otherStatuses() {
		if o.code == code {
			row.What += ", " + strconv.Itoa(o.status) + " by " + o.source
		}
	}
}
