package control

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
)

// health is the status that /healthz answers.
type health string

const (
	healthStarting health = "starting"
	healthReady    health = "ready"
	healthStopping health = "stopping"
	// healthFailing is the status of a server that accepts requests but cannot store objects.
	healthFailing health = "failing"
)

// healthCalls report the health of the server.
type healthCalls struct {
	*shared
	state atomic.Value // a health, without looking at problems
}

func newHealthCalls(s *shared) *healthCalls {
	c := &healthCalls{shared: s}
	c.state.Store(healthStarting)
	return c
}

type healthOutput struct {
	Status int
	Body   struct {
		Status   string          `json:"status" enum:"starting,ready,stopping,failing" doc:"What the server is doing. failing: the data folder is gone, its index is damaged, or file descriptors run out; problems says which."`
		Memory   *healthMemory   `json:"memory,omitempty" doc:"The memory that objects use. Absent where they are stored in a folder."`
		Problems []healthProblem `json:"problems,omitempty" doc:"What is wrong: with the process now, and with the data that was read since the start. A damaged object alone does not make the status failing."`
	}
}

// healthMemory is the memory use of a store in memory.
type healthMemory struct {
	Used int64 `json:"used" doc:"Bytes that objects and running uploads use now."`
	Max  int64 `json:"max" doc:"Bytes that they may use: the setting max_memory."`
}

// healthProblem is a storage.Problem or a problem of the process.
type healthProblem struct {
	What      string `json:"what" doc:"The problem in one sentence."`
	Bucket    string `json:"bucket,omitempty" doc:"The bucket of the damaged object."`
	Key       string `json:"key,omitempty"`
	VersionID string `json:"version,omitempty"`
}

func (c *healthCalls) register(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "health", Method: http.MethodGet, Path: "/healthz", Tags: []string{"health"},
		Summary: "Whether the COS port accepts requests: 200 if it does; " +
			"503 before, while stopping, and while the data folder or the process fails",
		Errors: []int{http.StatusMisdirectedRequest, http.StatusServiceUnavailable},
	}, func(context.Context, *struct{}) (*healthOutput, error) {
		now, problems := c.health()
		out := &healthOutput{Status: http.StatusServiceUnavailable}
		out.Body.Status, out.Body.Problems = string(now), problems
		if used, most := c.emulator.Store().Memory(); most > 0 {
			out.Body.Memory = &healthMemory{Used: used, Max: most}
		}
		if now == healthReady {
			out.Status = http.StatusOK
		}
		return out, nil
	})
}

// health returns the current status and its problems. A damaged object is a problem but does not
// change the status, since all other objects can still be read (choice 360).
func (c *healthCalls) health() (now health, problems []healthProblem) {
	now, _ = c.state.Load().(health)
	setFailing := func() {
		if now == healthReady {
			now = healthFailing
		}
	}
	if c.options.Problem != nil {
		if what := c.options.Problem(); what != "" {
			problems = append(problems, healthProblem{What: what})
			setFailing()
		}
	}
	for _, p := range c.emulator.Store().Problems() {
		if p.Failing {
			setFailing()
		}
		problems = append(problems, healthProblem{What: p.What, Bucket: p.Bucket, Key: p.Key, VersionID: p.VersionID})
	}
	return now, problems
}
