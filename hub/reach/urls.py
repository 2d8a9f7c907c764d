from django.urls import path

from hub.reach.pages import answering, doing, drills, trees

urlpatterns = [
    path("call", answering.answer, name="answer-call"),
    path("call/<str:code>", answering.answer, name="answer-call-with"),
    path("drills", drills.drills, name="drills"),
    path("drills/<int:drill_id>", drills.drill, name="drill"),
    path("drills/<int:drill_id>.csv", drills.export, name="drill-export"),
    path("phone-trees", trees.trees, name="phone-trees"),
    path("phone-trees/<int:tree_id>", trees.tree, name="phone-tree"),
    path("incidents/<str:reference>/phone-trees", doing.activate, name="phone-tree-activate"),
    path("incidents/<str:reference>/calls/<int:call_id>/answer", doing.answer, name="call-answer"),
    path("incidents/<str:reference>/phone-trees/<int:run_id>", trees.run, name="phone-tree-run"),
    path("incidents/<str:reference>/phone-trees/<int:run_id>/stop", doing.stop, name="phone-tree-stop"),
]
