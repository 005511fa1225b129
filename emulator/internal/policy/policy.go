// Package policy is version 2.0 of CAM's policy language as COS applies it. A
// policy limits a temporary key, a sub-account or a role, or opens a bucket to
// others.
//
// [Parse] reads a document once (parse.go; an element each in action.go,
// resource.go, principal.go, condition.go). [Policy.Evaluate] judges a [Request]
// (evaluate.go). Where no statement allows it, the [Decision] has the statement
// that came closest and what it missed (closest.go), in words (describe.go).
// Package authz puts the decisions of several policies together.
//
// Evaluation takes time linear in the sizes of the document and of the request,
// whatever they hold.
//
// Sources: COS docs: 访问策略语言概述, 生效条件, 条件键说明及使用示例, 访问策略评估流程,
// COS API 授权策略使用指引; CAM docs: 语法结构, 元素参考, 生效条件, 资源描述方式, 评估逻辑.
package policy

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Where is what a document is attached to. It decides what the document may hold
// and how long it may be.
type Where int

const (
	// Session is the Policy of a request to STS. A principal in it is ignored: it
	// should have none, and the Node SDK's getPolicy writes one.
	Session Where = iota + 1
	// Identity is the policy of a sub-account or a role. A principal in it is
	// ignored, too.
	Identity
	// Bucket is a bucket's policy. It needs a principal, at the top or in each
	// statement.
	Bucket
)

const (
	// maxCharacters is the length of the longest Session or Identity policy,
	// without blanks (CAM docs: 语法结构).
	maxCharacters = 6144
	// MaxBucket is the length of the longest bucket policy in bytes (COS docs:
	// 存储桶策略示例).
	MaxBucket = 20 << 10
	// maxRaw bounds the bytes that are read at all: maxCharacters of the longest
	// ones, and as many bytes of blanks.
	maxRaw = 2 * utf8.UTFMax * maxCharacters
)

// Policy is a parsed document. It is immutable and safe for concurrent use.
type Policy struct {
	where      Where
	doc        []byte
	statements []statement
	short      bool // some resource is in the form prefix//<appid>/<bucket>/…
}

// Parse reads a document. Its error is a *ParseError.
func Parse(doc []byte, where Where) (*Policy, error) {
	p, err := parse(doc, where)
	if err != nil {
		return nil, err
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

// Part is the part of a document that is wrong. STS has codes of its own for
// some of them.
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
		return wrong(PartLength, "", "it has %d bytes, more than %d characters can need", len(doc), maxCharacters)
	}
	n := 0
	for _, r := range string(doc) {
		if !strings.ContainsRune(" \t\r\n", r) {
			n++
		}
	}
	if n > maxCharacters {
		return wrong(PartLength, "", "it has %d characters without blanks; %d are allowed", n, maxCharacters)
	}
	return nil
}
