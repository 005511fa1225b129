package config

import "strings"

// Invalid says what is wrong with the configuration, everything at once.
type Invalid struct {
	Faults []Fault
}

// A Fault is one thing that is wrong.
type Fault struct {
	// Where names the place: "--verify", "COSEMU_VERIFY" or
	// "cosemu.yaml:7: verify".
	Where string
	// Message says what is wrong and what would be right. It holds no secret.
	Message string
	// Flag tells that the place is a flag of the command line.
	Flag bool
}

// Error lists the faults, one a line.
func (e *Invalid) Error() string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		lines[i] = f.Where + ": " + f.Message
	}
	return strings.Join(lines, "\n")
}

// FromFlags tells whether a flag is among the places at fault.
func (e *Invalid) FromFlags() bool {
	for _, f := range e.Faults {
		if f.Flag {
			return true
		}
	}
	return false
}

// a finding is a fault before it is known where the layer was written.
type finding struct {
	at      path
	message string
}
