package bucketcfg

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/cosemu/cosemu/emulator/coserr"
)

// MaxPolicy is the largest policy in bytes.
const MaxPolicy = 64 << 10

// CheckPolicy judges the form of a bucket policy, whose names count in any
// letter case (COS docs: 访问策略语言概述). What it allows is not looked at.
// Another form is MalformedPolicy.
func CheckPolicy(doc []byte) *coserr.Error {
	var p struct {
		Version   string            `json:"version"`
		Principal json.RawMessage   `json:"principal"` // of all statements
		Statement []json.RawMessage `json:"statement"`
	}
	err := json.Unmarshal(doc, &p)
	switch {
	case err != nil:
	case p.Version != "2.0":
		err = errors.New("the version is not 2.0")
	case len(p.Statement) == 0:
		err = errors.New("there is no statement")
	}
	for i := 0; i < len(p.Statement) && err == nil; i++ {
		if err = checkStatement(p.Statement[i], p.Principal); err != nil {
			err = fmt.Errorf("statement %d: %w", i+1, err)
		}
	}
	if err != nil {
		return coserr.New(coserr.MalformedPolicy).WithCause(err)
	}
	return nil
}

func checkStatement(doc, principal json.RawMessage) error {
	var s struct {
		Effect    string                     `json:"effect"`
		Principal json.RawMessage            `json:"principal"`
		Action    oneOrMore                  `json:"action"`
		Resource  oneOrMore                  `json:"resource"`
		Condition map[string]json.RawMessage `json:"condition"`
	}
	if err := json.Unmarshal(doc, &s); err != nil {
		return err
	}
	if len(s.Principal) == 0 {
		s.Principal = principal
	}
	switch {
	case !strings.EqualFold(s.Effect, "allow") && !strings.EqualFold(s.Effect, "deny"):
		return errors.New("the effect is neither allow nor deny")
	case len(s.Principal) == 0 || string(s.Principal) == "null":
		return errors.New("there is no principal")
	case len(s.Action) == 0:
		return errors.New("there is no action")
	case len(s.Resource) == 0:
		return errors.New("there is no resource")
	}
	return nil
}

// oneOrMore is a text or a list of texts.
type oneOrMore []string

// UnmarshalJSON takes both.
func (l *oneOrMore) UnmarshalJSON(doc []byte) error {
	var text string
	if json.Unmarshal(doc, &text) == nil {
		*l = oneOrMore{text}
		return nil
	}
	return json.Unmarshal(doc, (*[]string)(l))
}
