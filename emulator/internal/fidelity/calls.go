package fidelity

import "strings"

// Operation is a row of the operation table of package emulator.
type Operation struct {
	Action string // as policies name it: PutObject
	Method string
	Target string // Service, Bucket or Object
	Sub    string // the sub-resource or header that selects it, or nothing
	Source string // the page of the COS documents, and choices
}

// CallRows makes the rows of the calls. What has no source comes back as a
// sentence.
func CallRows(ops []Operation) (rows []Row, wrong []string) {
	for i, name := range CallNames(ops) {
		o := &ops[i]
		if o.Source == "" {
			o.Source = "missing: name the page of " + name + " in the operation table"
			wrong = append(wrong, o.Source)
		}
		rows = append(rows, Row{Kind: Call, Name: name, What: "`" + o.line() + "`", Source: o.source()})
	}
	return rows, wrong
}

// source is the page with the name of the documents in front, unless only a
// choice says anything.
func (o *Operation) source() string {
	if strings.HasPrefix(o.Source, "choice ") || strings.HasPrefix(o.Source, "missing: ") {
		return o.Source
	}
	return "COS docs: " + o.Source
}

// CallNames are the names of the rows of ops, in their order.
func CallNames(ops []Operation) []string {
	count := map[string]int{}
	for i := range ops {
		count[ops[i].Action]++
	}
	names := make([]string, len(ops))
	for i := range ops {
		names[i] = ops[i].Action
		if count[ops[i].Action] > 1 && ops[i].Sub != "" {
			names[i] += "?" + ops[i].Sub
		}
	}
	return names
}

// line is the request line that selects the operation.
func (o *Operation) line() string {
	target := map[string]string{"Service": "/", "Bucket": "/", "Object": "/<key>"}[o.Target]
	line := o.Method + " " + target
	switch {
	case o.Sub == "":
	case strings.HasPrefix(o.Sub, "x-cos-"):
		line += " with " + o.Sub
	default:
		line += "?" + o.Sub
	}
	if o.Target == "Service" {
		line += " (service)"
	}
	return line
}
