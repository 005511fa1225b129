package control

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// junitWriter writes JUnit XML: each request is a test, and each refused one a failure.
type junitWriter struct {
	out   io.Writer
	words reportWords
}

type junitCase struct {
	XMLName   xml.Name      `xml:"testcase"`
	Class     string        `xml:"classname,attr"`
	Name      string        `xml:"name,attr"`
	Time      string        `xml:"time,attr"`
	Failure   *junitFailure `xml:"failure"`
	SystemOut string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func (j *junitWriter) begin(total, refused int) error {
	counts := fmt.Sprintf(`tests="%d" failures="%d" errors="0"`, total, refused)
	_, err := fmt.Fprintf(j.out, "%s<testsuites %s>\n<testsuite name=\"cosemu\" %s skipped=\"0\">\n", xml.Header, counts, counts)
	return err
}

func (j *junitWriter) end() error {
	_, err := io.WriteString(j.out, "</testsuite>\n</testsuites>\n")
	return err
}

func (j *junitWriter) entry(e *entry) error {
	class := "cosemu"
	if e.Operation != "" {
		class += "." + e.Operation
	}
	test := junitCase{
		Class: class, Name: e.Method + " " + e.Host + e.Path + " (" + e.ID + ")",
		Time: strconv.FormatFloat(e.TookMS/1000, 'f', 6, 64),
	}
	if isFailure(e.Verdict) {
		reasons := append(j.words.reasons(e), fmt.Sprintf("%s %d %s: %s", e.Verdict, e.Status, e.Code, e.Message))
		if len(e.Diagnosis) > 0 {
			reasons = append(reasons, "diagnosis: "+strings.Join(e.Diagnosis, ","))
		}
		reasons = append(reasons, "RequestId: "+e.ID)
		test.Failure = &junitFailure{Message: reasons[0], Type: e.Code, Text: strings.Join(reasons, "\n")}
	}
	doc, err := xml.Marshal(test)
	if err == nil {
		_, err = j.out.Write(append(doc, '\n'))
	}
	return err
}

// reportWords are the sentences of a report in its language.
type reportWords struct{ zh bool }

// reasons are what the findings say of a request, most likely first: a sentence, then what to do.
func (w reportWords) reasons(e *entry) []string {
	var out []string
	if e.Finding == nil {
		return out
	}
	for i := range e.Finding.Findings {
		f := &e.Finding.Findings[i]
		sentence, advice := f.Sentence.En, f.Advice.En
		if w.zh {
			sentence, advice = f.Sentence.Zh, f.Advice.Zh
		}
		for _, text := range []string{sentence, advice} {
			if text != "" {
				out = append(out, text)
			}
		}
	}
	return out
}
