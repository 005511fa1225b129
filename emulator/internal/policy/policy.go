// Package policy is version 2.0 of the policy language of CAM as COS applies
// it: what a temporary key was cut down to, what a sub-account or a role may
// do, and what a bucket's policy lets others do. A document is parsed once and
// is immutable from then on; evaluating it takes time linear in its size and in
// the request's, whatever both hold. The decision keeps which statement
// decided, or which came closest and what it missed.
//
// It knows no HTTP handler and no storage: a [Request] says what is asked for,
// by whom, and its [Values] give what conditions look at.
//
// Sources: COS docs: 访问策略语言概述, 生效条件, 条件键说明及使用示例, 访问策略评估流程,
// COS API 授权策略使用指引; CAM docs: 语法结构, 元素参考, 生效条件, 资源描述方式, 评估逻辑.
package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Where says what a document is attached to, which decides what it may hold and
// how long it may be.
type Where int

const (
	// Session is the Policy of a request to STS. It should name no principal;
	// the Node SDK's getPolicy names one all the same, so it is passed over.
	Session Where = iota + 1
	// Identity is the policy of a sub-account or a role: a principal is passed
	// over likewise.
	Identity
	// Bucket is a bucket's policy: it must say whom each statement is for, for
	// all of them at the top or in each.
	Bucket
)

const (
	// MaxCharacters is how long a Session or Identity policy may be, blanks
	// not counted (CAM docs: 语法结构).
	MaxCharacters = 6144
	// MaxBucket is how long a bucket's policy may be, in bytes (COS docs:
	// 存储桶策略示例).
	MaxBucket = 20 << 10
	// maxRaw bounds how much is looked at: MaxCharacters of the longest ones,
	// and as many bytes of blanks.
	maxRaw = 2 * utf8.UTFMax * MaxCharacters
)

// Policy is a parsed document. It is immutable, and safe for use by many.
type Policy struct {
	where      Where
	doc        []byte
	statements []statement
	short      bool // some resource is in the form prefix//<appid>/<bucket>/…
}

// Parse reads a document. An error is always a *ParseError, and says where in
// the document it lies.
func Parse(doc []byte, where Where) (*Policy, error) {
	p, err := parse(doc, where)
	if err != nil {
		return nil, err // not p: an untyped nil
	}
	return p, nil
}

// Statements is how many statements the policy has.
func (p *Policy) Statements() int { return len(p.statements) }

// Statement is a statement's JSON as it stands in the document, from 0. It
// belongs to the policy.
func (p *Policy) Statement(i int) []byte {
	if i < 0 || i >= len(p.statements) {
		return nil
	}
	s := &p.statements[i]
	return p.doc[s.start:s.end:s.end]
}

// Document is the document as it came. It belongs to the policy.
func (p *Policy) Document() []byte { return p.doc }

// Where is what the policy was parsed for.
func (p *Policy) Where() Where { return p.where }

// Part says which part of a document an error lies in: STS and CAM have codes
// of their own for them.
type Part int

// The parts.
const (
	PartSyntax    Part = iota + 1 // it is no JSON, or has another shape than a policy
	PartLength                    // it is too long
	PartVersion                   // version
	PartPrincipal                 // principal
	PartStatement                 // statement, as a whole
	PartEffect                    // effect
	PartAction                    // action
	PartResource                  // resource
	PartCondition                 // condition
)

// A ParseError says what is wrong with a document, and where.
type ParseError struct {
	Part   Part
	Place  string // such as "statement[2].condition.numeric_less_than"; "" for the whole
	Reason string
}

// Error is "<place>: <reason>".
func (e *ParseError) Error() string {
	if e.Place == "" {
		return "policy: " + e.Reason
	}
	return "policy: " + e.Place + ": " + e.Reason
}

func wrong(part Part, place, format string, args ...any) *ParseError {
	return &ParseError{Part: part, Place: place, Reason: fmt.Sprintf(format, args...)}
}

// checkLength judges the length of a document. Blanks are counted nowhere in a
// policy of CAM's, not even inside a text (choice 268).
func checkLength(doc []byte, where Where) *ParseError {
	if where == Bucket {
		if len(doc) > MaxBucket {
			return wrong(PartLength, "", "it has %d bytes; a bucket's policy may have %d", len(doc), MaxBucket)
		}
		return nil
	}
	if len(doc) > maxRaw {
		return wrong(PartLength, "", "it has %d bytes, more than %d characters can need", len(doc), MaxCharacters)
	}
	n := 0
	for _, r := range string(doc) {
		if !strings.ContainsRune(" \t\r\n", r) {
			n++
		}
	}
	if n > MaxCharacters {
		return wrong(PartLength, "", "it has %d characters without blanks; %d are allowed", n, MaxCharacters)
	}
	return nil
}
