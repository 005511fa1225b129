package config

import (
	"errors"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
)

// Invalid says what is wrong with the configuration, everything at once.
type Invalid struct {
	Faults []Fault
}

// A Fault is one thing that is wrong.
type Fault struct {
	// Where names the place: "--verify", "COSEMU_VERIFY" or
	// "cosemu.yaml:7: verify".
	Where string
	// Err says what is wrong and what would be right. It holds no secret.
	Err error
	// Flag tells that the place is a flag of the command line.
	Flag bool
}

// Error lists the faults, one a line.
func (e *Invalid) Error() string { return e.In(lang.English) }

// In is the same in a language.
func (e *Invalid) In(language string) string {
	lines := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		where := f.Where
		if where == whereFile {
			where = lang.Message(lang.Both("configuration file", "配置文件"), language)
		}
		lines[i] = where + ": " + lang.Message(f.Err, language)
	}
	return strings.Join(lines, "\n")
}

// whereFile is the place of what is wrong with the file as a whole.
const whereFile = "configuration file"

// FromFlags tells whether a flag is among the places at fault.
func (e *Invalid) FromFlags() bool {
	for _, f := range e.Faults {
		if f.Flag {
			return true
		}
	}
	return false
}

// A finding is what is wrong with a part of a setting; at leads to the part from
// the setting.
type finding struct {
	at  path
	err error
}

// findings are an error of a reader. It has at least one.
type findings []finding

// Error is the first of them.
func (f findings) Error() string { return f[0].err.Error() }

// orNil is f as an error; nil when there is nothing.
func (f findings) orNil() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// faultsAt are the faults of a flag or a variable, which holds the setting at.
func faultsAt(where string, at path, err error) []Fault {
	var found findings
	if !errors.As(err, &found) {
		return []Fault{{Where: where, Err: err}}
	}
	faults := make([]Fault, len(found))
	for i, f := range found {
		faults[i] = Fault{Where: where, Err: f.err}
		if len(f.at) > 0 {
			faults[i].Where += ": " + at.with(f.at...).String()
		}
	}
	return faults
}
